//! Compiles `proto/` with protox, so that no protoc is needed, and lists the files of the web page.

#[cfg(feature = "server")]
const FILES: [&str; 2] = ["wirecopy/v1/wirecopy.proto", "wirecopy/v1/admin.proto"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(feature = "server")]
    {
        println!("cargo:rerun-if-changed=proto");
        let out = std::path::PathBuf::from(std::env::var("OUT_DIR")?);
        let files = protox::compile(FILES, ["proto"])?;
        let descriptor = out.join("wirecopy.v1.bin");
        std::fs::write(descriptor, prost::Message::encode_to_vec(&files))?;
        tonic_prost_build::configure()
            .build_transport(true)
            .compile_fds(files)?;
        let root = std::path::PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
        std::fs::write(
            out.join("web_assets.rs"),
            web_assets(&root.join("web/dist"))?,
        )?;
    }
    Ok(())
}

/// Returns a list in Rust of the assets of the web page: each with its name and its bytes.
#[cfg(feature = "server")]
fn web_assets(dist: &std::path::Path) -> std::io::Result<String> {
    println!("cargo:rerun-if-changed={}", dist.display());
    let files: std::io::Result<Vec<_>> = std::fs::read_dir(dist.join("assets"))?.collect();
    let mut paths: Vec<_> = files?.into_iter().map(|file| file.path()).collect();
    paths.sort();
    let assets = paths.iter().filter_map(|path| {
        let name = path.file_name()?;
        Some(format!("({name:?}, include_bytes!({path:?})),"))
    });
    Ok(format!("&[{}]", assets.collect::<String>()))
}
