//! A typed client of the queue service with deadlines and safe retry, and queuectl.
