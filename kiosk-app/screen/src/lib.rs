//! Where Slint draws: a desktop window, or a virtual touchscreen on a socket.
