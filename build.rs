//! Compiles `proto/` with protox, so that no protoc is needed.

#[cfg(feature = "server")]
const FILES: [&str; 2] = ["wirecopy/v1/wirecopy.proto", "wirecopy/v1/admin.proto"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(feature = "server")]
    {
        println!("cargo:rerun-if-changed=proto");
        let files = protox::compile(FILES, ["proto"])?;
        let descriptor = std::path::Path::new(&std::env::var("OUT_DIR")?).join("wirecopy.v1.bin");
        std::fs::write(descriptor, prost::Message::encode_to_vec(&files))?;
        tonic_prost_build::configure()
            .build_transport(true)
            .compile_fds(files)?;
    }
    Ok(())
}
