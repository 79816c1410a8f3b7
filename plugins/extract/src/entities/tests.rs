use super::*;

fn names(body: &str) -> Vec<(Kind, String, usize)> {
    let document = Document::new(body);
    find(&document).into_iter().map(|entity| (entity.kind, entity.name, entity.mentions.len())).collect()
}
