//! A small immutable set: sorted, without repetition.

/// A set kept as a sorted slice.
///
/// # Examples
///
/// ```
/// # use lang::model::Set;
/// let one: Set<u32> = [3, 1, 3].into_iter().collect();
/// let two: Set<u32> = [1, 2].into_iter().collect();
/// assert!(one.contains(&3));
/// assert_eq!(one.intersection(&two).as_slice(), [1]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Set<T>(Box<[T]>);

impl<T: Ord + Clone> Set<T> {
    /// Whether `value` is in it.
    pub fn contains(&self, value: &T) -> bool {
        self.0.binary_search(value).is_ok()
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.0.iter().filter(|value| other.contains(value)).cloned().collect()
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).cloned().collect()
    }

    /// What is in this one and not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.0.iter().filter(|value| !other.contains(value)).cloned().collect()
    }

    /// Whether all of `other` is in it.
    pub fn is_superset(&self, other: &Self) -> bool {
        other.0.iter().all(|value| self.contains(value))
    }

    /// The elements, in order.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The elements, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut values: Vec<T> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup();
        Self(values.into())
    }
}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
