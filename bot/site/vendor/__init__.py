"""A library of somebody else's, as it was released: OpenPGP.js, which encrypts in the reader's own browser."""
