"""
The codecs: transfer encodings, charsets, encoded words, parameters, domains.

    octets -> octets, octets -> str, and back

May import: `wire`, `errors`, `defects`, `limits`.  Imported by: nobody.
"""
