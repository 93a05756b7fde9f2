//! What the layer's text refers to: files of `images/` and of the recipe's own folder, licences, machines, images.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::LAYER;

/// A recipe or what one includes or appends.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub path: PathBuf,
    pub text: String,
}

/// All `.bb`, `.bbappend` and `.inc` files of the layer, by path.
///
/// # Errors
/// A folder or a file cannot be read.
pub fn recipes(root: &Path) -> Result<Vec<Recipe>> {
    let mut found = Vec::new();
    for path in files(&root.join(LAYER))? {
        let is_recipe =
            ["bb", "bbappend", "inc"].iter().any(|kind| path.extension().is_some_and(|extension| extension == *kind));
        if is_recipe {
            let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            found.push(Recipe { path, text });
        }
    }
    Ok(found)
}

/// Every file below `folder`, by path.
///
/// # Errors
/// A folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

/// The files that recipes name with `file://` and that are nowhere, as `RECIPE: FILE`.
///
/// They are looked for where bitbake looks: in the folders of FILESEXTRAPATHS, then beside the recipe in `PN/` and
/// `files/`. Keys are the builder's, and are not looked for.
pub fn missing_files(root: &Path, recipes: &[Recipe]) -> Vec<String> {
    let mut missing = BTreeSet::new();
    for recipe in recipes {
        let folders = search_folders(root, recipe);
        for name in named_files(&recipe.text) {
            let name = name.replace("${TIEP_DON_SRC}", &root.display().to_string());
            let is_beside = Path::new(&name).is_absolute() && Path::new(&name).exists();
            // The licences lie in the checkout, which is the recipe's source folder.
            let is_licence = name.starts_with("LICENSE-") && root.join(&name).is_file();
            if !is_beside && !is_licence && !folders.iter().any(|folder| folder.join(&name).exists()) {
                missing.insert(format!("{}: {name}", recipe.path.display()));
            }
        }
    }
    missing.into_iter().collect()
}

/// What stands behind `file://`, without its parameters.
pub fn named_files(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let words = code.flat_map(|line| line.split(['"', ' ', '\t', '\\']));
    let named = words.filter_map(|word| word.strip_prefix("file://"));
    let named = named.map(|name| name.split(';').next().unwrap_or(name).to_owned());
    named.filter(|name| !name.contains("${TIEP_DON_KEYS}")).collect()
}

fn search_folders(root: &Path, recipe: &Recipe) -> Vec<PathBuf> {
    let beside = recipe.path.parent().unwrap_or(root);
    let stem = recipe.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let package = stem.split('_').next().unwrap_or_default();
    let mut folders = vec![beside.join(package), beside.join("files")];
    let lines = recipe.text.lines().filter(|line| line.starts_with("FILESEXTRAPATHS:prepend"));
    let extra = lines.filter_map(|line| line.split('"').nth(1));
    for path in extra.flat_map(|value| value.split(':')).filter(|path| !path.is_empty()) {
        let path = path.replace("${TIEP_DON_SRC}", &root.display().to_string());
        folders.push(PathBuf::from(path.replace("${THISDIR}", &beside.display().to_string())));
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_that_is_nowhere_is_told_with_its_recipe() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("recipes-a/lamp");
        std::fs::create_dir_all(folder.join("files")).unwrap();
        std::fs::create_dir_all(root.path().join("images/units")).unwrap();
        std::fs::write(folder.join("files/near.cfg"), "").unwrap();
        std::fs::write(root.path().join("images/units/lamp.service"), "").unwrap();
        let text = "FILESEXTRAPATHS:prepend := \"${TIEP_DON_SRC}/images/units:\"\n# file://in-a-comment\n\
                    SRC_URI = \"file://near.cfg file://lamp.service;subdir=x \\\n    file://gone.rules\"\n\
                    KEY = \"file://${TIEP_DON_KEYS}/a.pem\"\n";
        let recipe = Recipe { path: folder.join("lamp_1.0.bb"), text: text.to_owned() };
        let missing = missing_files(root.path(), &[recipe]);
        assert_eq!(missing.len(), 1, "{missing:?}");
        assert!(missing[0].ends_with("lamp_1.0.bb: gone.rules"), "{missing:?}");
    }
}
