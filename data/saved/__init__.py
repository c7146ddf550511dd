"""What people save under a name: owned, private or shared, versioned, never overwritten unseen."""
