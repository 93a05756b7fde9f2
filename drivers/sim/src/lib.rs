//! Virtual scanner, printer and network as models on a virtual wire, with a lever for every fault.
