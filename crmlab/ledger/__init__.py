"""The ledger of claims: what the profession repeats about customers, where it comes from, and when it holds."""
