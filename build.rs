//! Compiles `proto/` with protox, so that no protoc is needed.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(feature = "server")]
    {
        println!("cargo:rerun-if-changed=proto");
        let files = protox::compile(["wirecopy/v1/wirecopy.proto"], ["proto"])?;
        let descriptor = std::path::Path::new(&std::env::var("OUT_DIR")?).join("wirecopy.v1.bin");
        std::fs::write(descriptor, prost::Message::encode_to_vec(&files))?;
        tonic_prost_build::configure()
            .build_transport(true)
            .compile_fds(files)?;
    }
    Ok(())
}
