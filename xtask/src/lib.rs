//! cargo xtask: demo, test, and the policy checks of the workspace.
