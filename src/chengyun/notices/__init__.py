"""Notices (告知): beside the loop, it hears every stage and tells whom the pack names."""
