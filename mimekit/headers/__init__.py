"""
Header fields: one module for each family of values, the registry of names, and the ordered collection.

    field name + raw field body -> value;  value -> field octets

May import: `errors`, `defects`, `limits`, `frozen`, `wire`, `codecs`.  Imported by: nobody.
"""
