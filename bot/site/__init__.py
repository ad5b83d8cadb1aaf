"""The public pages: what the outside sees of a programme, made of public fields only, served without a tracker or a foreign address."""
