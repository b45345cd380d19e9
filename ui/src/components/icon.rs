//! An icon of the sprite in `index.html`.

use leptos::prelude::*;

/// `name` is that of the sprite without `i-`; `class` adds a size, such as `icon--sm`.
#[component]
pub fn Icon(#[prop(into)] name: Signal<&'static str>, #[prop(optional)] class: &'static str) -> impl IntoView {
    let class = if class.is_empty() {
        "icon".to_owned()
    } else {
        format!("icon {class}")
    };
    view! {
        <svg class=class aria-hidden="true">
            <use href=move || format!("#i-{}", name.get())></use>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    /// Every icon that a view names is in the sprite.
    #[test]
    fn icons_are_in_the_sprite() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let sprite = std::fs::read_to_string(root.join("static/sprite.svg")).expect("the sprite");
        let mut folders = vec![root.join("src")];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder)
                .expect("a folder")
                .map(|e| e.expect("an entry").path())
            {
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).expect("a source file");
                for name in text
                    .split("<Icon name=\"")
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next())
                {
                    assert!(
                        sprite.contains(&format!("id=\"i-{name}\"")),
                        "{name} in {}",
                        path.display()
                    );
                }
            }
        }
    }
}
