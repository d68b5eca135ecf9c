/** With more edits than this it is another word. */
const MAX_EDITS = 2;
const MAX_WORD_LENGTH = 40;

/** The candidate that was most likely meant by `word`, which has a typing error; `undefined` when there is none. */
export function findNearest(
  word: string,
  candidates: readonly string[],
  maxEdits = Math.min(MAX_EDITS, Math.floor(word.length / 2)),
): string | undefined {
  if (word.length > MAX_WORD_LENGTH) return undefined;
  let best: string | undefined;
  let bestEdits = maxEdits + 1;
  for (const candidate of candidates) {
    const isShortened = candidate.startsWith(word) && candidate !== word && word.length > 2;
    const edits = isShortened ? 1 : countEdits(word, candidate);
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits];
  }
  return best;
}

/** Insertions, deletions, replacements, and two neighbours that changed places: the optimal string alignment distance. */
function countEdits(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      let edits = Math.min(
        (row[j - 1] as number) + (isSame ? 0 : 1),
        (row[j] as number) + 1,
        (next[j - 1] as number) + 1,
      );
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (isSwapped) edits = Math.min(edits, (before[j - 2] as number) + 1);
      next.push(edits);
    }
    before = row;
    row = next;
  }
  return row[to.length] as number;
}
