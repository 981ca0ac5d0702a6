"""
Charset labels: which codec of Python each label of mail names.

The names and labels of the WHATWG Encoding Standard, the aliases of the IANA character-sets registry, and labels that
broken software is known to write.  A label that is not here is unknown: codecs of Python that are no character
encodings (rot13, hex, zip, idna, unicode_escape and so on) can never be reached by what a message says.

    label -> the name of a codec

May import: nothing.  Imported by: `codecs.charset`, `lint`.
"""

from __future__ import annotations

__all__ = ["LABELS", "READ_AS"]

# Each line: a codec, then labels of it in lower case.  "cp-850", "CP_850" and "cp850" are compared without their
# punctuation when the exact label is absent, so such variants need no entry.
_GROUPS = """
ascii            us-ascii ascii ansi_x3.4-1968 ansi_x3.4-1986 iso-ir-6 iso_646.irv:1991 iso646-us us ibm367 cp367
ascii            csascii 646 x-us-ascii x-ascii usascii us-ascci us_ascii-7bit 7bit ascii-7bit
utf-8            utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 csutf8 x-utf-8 utf-8n
utf-8            utf-8-mac unicode-2-0-utf-8 utf8mb4 cp65001 utf_8 utf-8-sig
utf-7            utf-7 utf7 unicode-1-1-utf-7 unicode-2-0-utf-7 x-unicode-2-0-utf-7 csutf7 csunicode11utf7 cp65000
utf-16           utf-16 csunicode iso-10646-ucs-2 ucs-2 unicode csutf16 utf16
utf-16-be        utf-16be unicodefffe csutf16be
utf-16-le        utf-16le unicodefeff csutf16le
utf-32           utf-32 ucs-4 iso-10646-ucs-4 csucs4 csutf32
utf-32-be        utf-32be csutf32be
utf-32-le        utf-32le csutf32le
iso8859-1        iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 iso-ir-100 latin1 latin-1 l1 cp819 ibm819
iso8859-1        csisolatin1 iso8859 iso-8859 iso8859_1 iso-latin-1 x-iso-8859-1 iso-8895-1
iso8859-1        iso-8859-1-windows-3.0-latin-1
iso8859-2        iso-8859-2 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 iso-ir-101 latin2 l2 csisolatin2
iso8859-3        iso-8859-3 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 iso-ir-109 latin3 l3 csisolatin3
iso8859-4        iso-8859-4 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 iso-ir-110 latin4 l4 csisolatin4
iso8859-5        iso-8859-5 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988 iso-ir-144 cyrillic csisolatincyrillic
iso8859-6        iso-8859-6 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987 iso-ir-127 arabic asmo-708 ecma-114
iso8859-6        csisolatinarabic iso-8859-6-e iso_8859-6-e csiso88596e iso-8859-6-i iso_8859-6-i csiso88596i
iso8859-7        iso-8859-7 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 iso-ir-126 greek greek8 ecma-118 elot_928
iso8859-7        csisolatingreek sun_eu_greek
iso8859-8        iso-8859-8 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 iso-ir-138 hebrew visual csisolatinhebrew
iso8859-8        iso-8859-8-e iso_8859-8-e csiso88598e iso-8859-8-i iso_8859-8-i csiso88598i logical
iso8859-9        iso-8859-9 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 iso-ir-148 latin5 l5 csisolatin5
iso8859-10       iso-8859-10 iso8859-10 iso885910 iso_8859-10 iso_8859-10:1992 iso-ir-157 latin6 l6 csisolatin6
iso8859-11       iso-8859-11 iso8859-11 iso885911 iso_8859-11 csiso885911
iso8859-13       iso-8859-13 iso8859-13 iso885913 iso_8859-13 latin7 l7 csiso885913
iso8859-14       iso-8859-14 iso8859-14 iso885914 iso_8859-14 iso_8859-14:1998 iso-ir-199 latin8 l8 iso-celtic
iso8859-14       csiso885914
iso8859-15       iso-8859-15 iso8859-15 iso885915 iso_8859-15 latin-9 latin9 l9 csisolatin9 csiso885915
iso8859-16       iso-8859-16 iso8859-16 iso885916 iso_8859-16 iso_8859-16:2001 iso-ir-226 latin10 l10 csiso885916
koi8_r           koi8-r koi8_r koi8r koi koi8 cskoi8r cp878 x-koi8-r
koi8_u           koi8-u koi8-ru koi8_u cskoi8u cp1168 x-koi8-u
koi8_t           koi8-t
cp1250           windows-1250 cp1250 x-cp1250 win-1250 win1250 cswindows1250
cp1251           windows-1251 cp1251 x-cp1251 win-1251 win1251 cswindows1251
cp1252           windows-1252 cp1252 x-cp1252 win-1252 win1252 cswindows1252 windows-latin-1 ansi x-ansi
cp1253           windows-1253 cp1253 x-cp1253 win-1253 win1253 cswindows1253
cp1254           windows-1254 cp1254 x-cp1254 win-1254 win1254 cswindows1254
cp1255           windows-1255 cp1255 x-cp1255 win-1255 win1255 cswindows1255
cp1256           windows-1256 cp1256 x-cp1256 win-1256 win1256 cswindows1256
cp1257           windows-1257 cp1257 x-cp1257 win-1257 win1257 cswindows1257
cp1258           windows-1258 cp1258 x-cp1258 win-1258 win1258 cswindows1258
cp874            windows-874 dos-874 cp874 ibm874 x-windows-874 cswindows874
tis_620          tis-620 tis620 tis620-0 tis620.2529-1 tis620.2533-0 iso-ir-166 cstis620
mac_roman        macintosh mac mac-roman macroman x-mac-roman csmacintosh x-macroman apple-roman
mac_latin2       x-mac-ce x-mac-centraleurroman x-mac-central-europe mac-centraleurope maccentraleurope
mac_croatian     x-mac-croatian
mac_cyrillic     x-mac-cyrillic x-mac-ukrainian mac-cyrillic maccyrillic
mac_greek        x-mac-greek macgreek
mac_iceland      x-mac-icelandic maciceland
mac_romanian     x-mac-romanian macromania
mac_turkish      x-mac-turkish macturkish
mac_arabic       x-mac-arabic
mac_farsi        x-mac-farsi
gb2312           gb2312 gb_2312 gb_2312-80 chinese csgb2312 csiso58gb231280 iso-ir-58 euc-cn eucgb2312-cn gb2312-80
gb2312           gb2312-1980 x-euc-cn euccn x-gb2312 cn-gb
gbk              gbk x-gbk cp936 ms936 windows-936 csgbk
gb18030          gb18030 gb-18030 gb18030-2000 csgb18030
hz               hz hz-gb-2312 hz-gb
big5             big5 cn-big5 csbig5 x-x-big5 big5-eten big5-tw x-big5
big5hkscs        big5-hkscs big5hkscs csbig5hkscs hkscs x-big5-hkscs
cp950            cp950 ms950 windows-950
shift_jis        shift_jis shift-jis sjis x-sjis ms_kanji csshiftjis x-shift-jis s_jis
cp932            windows-31j ms932 cp932 cswindows31j windows-932 x-ms-cp932 sjis-win cp943c
shift_jisx0213   shift_jisx0213 sjisx0213
shift_jis_2004   shift_jis_2004 shift_jis-2004 sjis-2004
euc_jp           euc-jp x-euc-jp eucjp cseucpkdfmtjapanese extended_unix_code_packed_format_for_japanese ujis eucjp-ms
euc_jp           eucjp-win cp51932 x-eucjp x-euc
euc_jis_2004     euc-jis-2004
euc_jisx0213     euc-jisx0213
iso2022_jp       iso-2022-jp csiso2022jp iso-2022-jp-ms cp50220 cp50221 cp50222 csjisencoding jis jis_encoding x-jis
iso2022_jp       jis7
iso2022_jp_1     iso-2022-jp-1
iso2022_jp_2     iso-2022-jp-2 csiso2022jp2
iso2022_jp_3     iso-2022-jp-3
iso2022_jp_2004  iso-2022-jp-2004
euc_kr           euc-kr euckr cseuckr x-euc-kr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 ks_c_5601 korean
euc_kr           iso-ir-149 csksc56011987 ksx1001 ks_x_1001 ksc_5601-1987 5601
cp949            cp949 windows-949 ms949 uhc ms_949 x-windows-949
johab            johab cp1361 ms1361 x-johab
iso2022_kr       iso-2022-kr csiso2022kr
cp037            ibm037 cp037 ebcdic-cp-us ebcdic-cp-ca ebcdic-cp-wt ebcdic-cp-nl csibm037
cp273            ibm273 cp273 csibm273
cp424            ibm424 cp424 ebcdic-cp-he csibm424
cp500            ibm500 cp500 ebcdic-cp-be ebcdic-cp-ch csibm500
cp1026           ibm1026 cp1026 csibm1026
cp1140           ibm01140 ccsid01140 cp01140 cp1140 ebcdic-us-37+euro csibm01140
cp437            ibm437 cp437 437 cspc8codepage437
cp720            cp720
cp737            cp737 ibm737
cp775            ibm775 cp775 cspc775baltic
cp850            ibm850 cp850 850 cspc850multilingual
cp852            ibm852 cp852 852 cspcp852
cp855            ibm855 cp855 855 csibm855
cp856            cp856 ibm856
cp857            ibm857 cp857 857 csibm857
cp858            ibm00858 ccsid00858 cp00858 pc-multilingual-850+euro csibm00858 cp858 ibm858
cp860            ibm860 cp860 860 csibm860
cp861            ibm861 cp861 861 cp-is csibm861
cp862            ibm862 cp862 862 cspc862latinhebrew
cp863            ibm863 cp863 863 csibm863
cp864            ibm864 cp864 csibm864
cp865            ibm865 cp865 865 csibm865
cp866            ibm866 cp866 866 csibm866
cp869            ibm869 cp869 869 cp-gr csibm869
cp1006           cp1006 ibm1006
cp1125           cp1125 ibm1125 cp866u
hp_roman8        hp-roman8 roman8 r8 cshproman8
kz1048           kz-1048 strk1048-2002 rk1048 cskz1048
ptcp154          ptcp154 csptcp154 pt154 cp154 cyrillic-asian
"""

LABELS: dict[str, str] = {
    label: codec for codec, *labels in map(str.split, _GROUPS.strip().splitlines()) for label in labels
}
"""Label in lower case to the codec that writes it."""

READ_AS: dict[str, str] = {
    # Senders use the label of the small set for the text of the large one, so that is what readers decode by; WHATWG
    # does the same.  Both agree on every letter; a few marks (dashes, dots, the tilde) differ in the Asian sets.
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""Codec of a label to the superset that the label is read by."""
