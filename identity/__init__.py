"""Who is who: people, households, areas, roles, sign-in, messages and the record of who did what."""
