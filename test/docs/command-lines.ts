/** A command line of this program that a page shows. */
export interface CommandLine {
  /** The words after the program's name. */
  readonly words: readonly string[];
  readonly where: string;
}

/** The program by its name, by its path, and from a clone. */
const PROGRAM = /(?:^|[\s({;=/])(?:tickpipe|node bin\/run\.js|node bin\/dev\.js)(?=\s)/g;
/** What a page writes for "any flags and arguments". */
const ELLIPSIS = '...';

/** The command lines in what a page sets off as code: blocks of four blanks, and code within a sentence. */
export function findCommandLines(page: string, where: string): CommandLine[] {
  const blocks = page.split('\n').filter((line) => line.startsWith('    '));
  const inSentences = [...page.matchAll(/(?<!`)`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...inSentences].flatMap((code) => readCommandLines(code, where));
}

/** The command lines in one line of shell, which may have several, and other programs before and after them. */
export function readCommandLines(code: string, where: string): CommandLine[] {
  return [...code.matchAll(PROGRAM)]
    .map((match) => splitWords(code.slice(match.index + match[0].length)))
    .filter((words) => words.length > 0 && words[0] !== ELLIPSIS)
    .map((words) => ({ words, where: `${where}: ${code.trim()}` }));
}

/** One word of shell: quoted, or not. A redirection, an operator and a comment end the command. */
const WORD = /\s*(?:(#|[|;&<>)}]|\d>)|((?:'[^']*'|"[^"]*"|[^\s'"|;&<>)}])+))/y;

function splitWords(text: string): string[] {
  const words: string[] = [];
  WORD.lastIndex = 0;
  for (let match = WORD.exec(text); match?.[2] !== undefined; match = WORD.exec(text)) {
    if (match[2].startsWith('#')) break;
    words.push(match[2].replaceAll(/['"]/g, ''));
  }
  return words;
}
