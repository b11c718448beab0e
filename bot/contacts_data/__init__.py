"""Customers' data: brought in from files, changed by hand or by other systems, taken out, aged and forgotten.

`tables` opens a file, `mapping` says what its columns are, `taking` turns a row into values (pure), `writing`
puts values into the database, `importing` goes through a file in steps that can be continued.
"""
