"""A recorded city runs through the whole loop on the virtual clock."""
