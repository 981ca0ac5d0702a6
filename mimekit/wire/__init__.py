"""
The wire: octets and offsets, before anything has a meaning.

    octets of a message -> spans, tokens, folded lines

May import: `errors`, `limits`, `defects`.  Imported by: nobody.
"""
