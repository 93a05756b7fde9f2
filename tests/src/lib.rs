//! The whole stack with the shipped binaries: scan, paper, call, board.
