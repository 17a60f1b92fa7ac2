"""What the pack piece replaces: sampling, lengths, filters and the columns of packing."""
