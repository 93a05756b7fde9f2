//! The queue's pure rules: numbering, service days, call-next.
