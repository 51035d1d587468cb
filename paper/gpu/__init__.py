"""How much faster a GPU trains the group's MNIST CNN than the CPU does."""
