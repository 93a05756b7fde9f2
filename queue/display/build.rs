//! Compiles the screen. Fonts are embedded: a shipped binary needs no file beside it.

use slint_build::{CompilerConfiguration, EmbedResourcesKind};

fn main() -> Result<(), slint_build::CompileError> {
    // Tests look elements up by their accessible label, which needs debug information in the generated code.
    let is_debug = std::env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_some();
    let configuration =
        CompilerConfiguration::new().embed_resources(EmbedResourcesKind::EmbedFiles).with_debug_info(is_debug);
    slint_build::compile_with_config("ui/display.slint", configuration)
}
