//! Vietnamese tickets on ESC/POS printers: drawn once, encoded, printed once or reported.
