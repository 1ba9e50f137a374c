//! Names the shared library inside itself, so that programs built with one version find the next
//! compatible one.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // What programs ask for is the name with the first number of the version.
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os == "linux" || os.ends_with("bsd") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libopenimsg.so.{major}");
    } else if os == "macos" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libopenimsg.{major}.dylib");
    }
}
