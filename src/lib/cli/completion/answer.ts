import { type Candidate, type Completion, type CompletionSources, complete } from './complete.ts';
import { findKeptHead, quoteForBash, readBashLine, unquote } from './shell-words.ts';
import type { CompletionShell } from './shells.ts';
import type { CompletionTable } from './table.ts';

/*
 * What the scripts in `completions/` send, and what they read.
 *
 * They send texts that end in NUL: bash the line up to the cursor and COMP_WORDBREAKS, the others the words before the cursor's without
 * quotes, and the cursor's word (fish as it was typed). They get lines. The first says what follows: `words`, `open` (one word, without a
 * blank after it), `list` (words to show, none to type), or `files` and `folders`, which the shell completes itself, with what stands
 * before the path in the word.
 */

/** A terminal would obey these characters, and a shell would split the answer at some. */
const CONTROL = /\p{Cc}/u;

/** The answer to a script. @param input what the script sent */
export function answerCompletion(
  shell: CompletionShell,
  input: string,
  table: CompletionTable,
  sources: CompletionSources,
): string {
  const texts = input.split('\0').slice(0, -1);
  if (texts.length === 0) return 'words\n';
  return `${ANSWERS[shell](texts, (before, current) => safe(complete(before, current, table, sources))).join('\n')}\n`;
}

type Answer = (
  texts: readonly string[],
  completeWords: (before: readonly string[], current: string) => Completion,
) => readonly string[];

const ANSWERS: Readonly<Record<CompletionShell, Answer>> = {
  bash: ([line = '', wordBreaks = ''], completeWords) => {
    const { before, current, isRedirection } = readBashLine(line);
    if (isRedirection) return ['files'];
    if (before.length === 0) return ['words'];
    const { candidates, native } = completeWords(before.slice(1), current.text);
    if (native) return [native.kind];
    if (isToBeListed(candidates, current.text)) return ['list', ...candidates.map(({ text }) => lastOfList(text))];
    const { length, quote } = findKeptHead(current.raw, wordBreaks);
    const head = unquote(current.raw.slice(0, length));
    const left = candidates.filter(({ text }) => text.toLowerCase().startsWith(head.toLowerCase()));
    const isOpen = left.length === 1 && left[0]?.isOpen;
    return [isOpen ? 'open' : 'words', ...left.map(({ text }) => quoteForBash(text.slice(head.length), quote))];
  },
  zsh: (texts, completeWords) => {
    const { candidates, native } = completeWords(texts.slice(0, -1), texts.at(-1) ?? '');
    if (native) return [`${native.kind}\t${native.behind}`];
    const follows = isToBeListed(candidates, texts.at(-1) ?? '') ? 'list' : 'words';
    return [
      follows,
      ...candidates.map(({ text, summary, isOpen }) => `${text}\t${isOpen ? 'open' : ''}\t${summary ?? ''}`),
    ];
  },
  fish: (texts, completeWords) => {
    const { candidates, native } = completeWords(texts.slice(0, -1), unquote(texts.at(-1) ?? ''));
    if (native) return [`${native.kind}\t${native.behind}`];
    return ['words', ...candidates.map(({ text, summary }) => (summary ? `${text}\t${summary}` : text))];
  },
};

/**
 * Whether the candidates have less in common than was typed, as symbols of two exchanges that were typed without one. bash and zsh would
 * put what is common in the place of what was typed.
 */
function isToBeListed(candidates: readonly Candidate[], typed: string): boolean {
  const [first, ...others] = candidates.map(({ text }) => text);
  if (first === undefined || others.length === 0) return false;
  return others.some((other) => other.slice(0, typed.length) !== first.slice(0, typed.length));
}

const lastOfList = (text: string): string => text.slice(text.lastIndexOf(',') + 1);

/** Leaves out what cannot be printed as it is. */
function safe(completion: Completion): Completion {
  const isPrintable = ({ text, summary = '' }: Candidate): boolean => !CONTROL.test(text + summary);
  return { ...completion, candidates: completion.candidates.filter(isPrintable) };
}
