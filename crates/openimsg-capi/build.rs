//! Names the shared library inside itself, so that programs built with one version find the next
//! compatible one.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // What programs ask for is the name with the first number of the version.
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os == "linux" || os.ends_with("bsd") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libopenimsg.so.{major}");
    } else if os == "macos" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libopenimsg.{major}.dylib");
    } else if os == "windows" && std::env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "gnu")
    {
        // The DLL and its import library carry this name, whatever cargo calls the files. Linkers of
        // the other kind take the name of the file.
        let folder = std::env::var("OUT_DIR").unwrap_or_default();
        let definition = Path::new(&folder).join("openimsg.def");
        if std::fs::write(&definition, "LIBRARY \"openimsg.dll\"\n").is_ok() {
            println!("cargo:rustc-cdylib-link-arg={}", definition.display());
        }
    }
}
