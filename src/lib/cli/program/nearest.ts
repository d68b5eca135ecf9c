/** With more edits than this it is another word. */
const MAX_EDITS = 2;
const MAX_WORD_LENGTH = 40;

/** The candidate that was most likely meant by `word`, which has a typing error; `undefined` when there is none. */
export function findNearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > MAX_WORD_LENGTH) return undefined;
  const allowed = Math.min(MAX_EDITS, Math.floor(word.length / 2));
  let best: string | undefined;
  let bestEdits = allowed + 1;
  for (const candidate of candidates) {
    const isShortened = candidate.startsWith(word) && candidate !== word && word.length > 2;
    const edits = isShortened ? 1 : countEdits(word, candidate);
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits];
  }
  return best;
}

/** Levenshtein's distance: insertions, deletions and replacements. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
