"""The stream lane on disk: frames in segment files, groups as Arrow, snapshots beside them."""
