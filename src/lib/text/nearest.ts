import { countEdits } from './edit-distance.ts';

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
    const edits = isShortened ? 1 : countEdits(word, candidate, maxEdits);
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits];
  }
  return best;
}
