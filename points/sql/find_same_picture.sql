-- Purpose: whether one of these pictures proves another participation that counts, since a moment.
-- Called by: points/participations.py.
-- Locks: none.
-- Index: points_participation_picture_pixels, points_participation_pkey.
SELECT EXISTS (
    SELECT FROM points_participation_picture AS picture
    JOIN points_participation AS done ON done.id = picture.participation AND done.state IN ('pending', 'awarded')
    WHERE picture.pixels_sha256 = ANY ($1::bytea[]) AND picture.handed_in_at > $2
)
