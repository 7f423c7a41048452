"""Small tools that know no word of the domain; the bottom of the house."""
