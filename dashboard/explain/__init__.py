"""Why a figure changed: between two revisions, or between two periods of one."""
