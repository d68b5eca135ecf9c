import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { findNearest } from '../../text/nearest.ts';

/** What to use instead of a flag of another program. */
interface ForeignFlag {
  /** The hint is given only to commands that have this flag. */
  readonly ours: string;
  readonly hint: string;
  /** For commands that do not have that flag, but this one. */
  readonly otherwise?: ForeignFlag;
}

/** Flags that people know from other programs, without their dashes. */
const FOREIGN_FLAGS: Readonly<Record<string, ForeignFlag>> = {
  v: { ours: 'verbose', hint: 'use --verbose for more messages; tickpipe --version prints the version' },
  V: { ours: 'verbose', hint: 'tickpipe --version prints the version' },
  version: { ours: 'verbose', hint: 'tickpipe --version prints the version' },
  debug: { ours: 'verbose', hint: 'use --verbose' },
  silent: { ours: 'quiet', hint: 'use --quiet' },
  json: { ours: 'format', hint: 'use -f ndjson, which is the default in a pipe; one JSON object a line' },
  csv: { ours: 'format', hint: 'use -f csv' },
  limit: { ours: 'count', hint: 'use --count (-n)' },
  once: {
    ours: 'snapshot',
    hint: 'use --snapshot, or tickpipe quote',
    otherwise: { ours: 'max-age', hint: 'leave it out: tickpipe quote prints each symbol once' },
  },
  'no-color': { ours: 'verbose', hint: 'set the variable NO_COLOR=1' },
  color: { ours: 'verbose', hint: 'set the variable FORCE_COLOR=1' },
  token: {
    ours: 'token-file',
    hint: 'secrets do not belong on the command line: use FYERS_ACCESS_TOKEN or --token-file',
  },
};

/** The parts of an error of oclif's parser that are used here. oclif does not export the classes of these errors. */
interface ParserError extends Error {
  readonly oclif: unknown;
  readonly flags?: unknown;
  readonly args?: unknown;
  readonly parse?: { readonly input?: { readonly flags?: Readonly<Record<string, unknown>> } };
}

/** An error of oclif's parser as a `USAGE` error; `undefined` for anything else. */
export function usageErrorOf(thrown: unknown): TickpipeError | undefined {
  const refuse = (message: string, hint?: string) => new TickpipeError('USAGE', message, { hint });
  if (!isParserError(thrown)) return undefined;
  if (isWords(thrown.flags)) {
    // Without what follows `=`, which may be a secret.
    const names = thrown.flags.map((word) => word.replace(/=.*$/s, ''));
    const known = Object.keys(thrown.parse?.input?.flags ?? {});
    return refuse(`unknown flag: ${names.join(' ')}`, hintFor((names[0] as string).replace(/^-+/, ''), known));
  }
  const missing = missingArgument(thrown.args);
  if (missing) return refuse(missing);
  if (isWords(thrown.args)) return refuse(`unexpected argument: ${thrown.args.join(' ')}`);
  return refuse(plainMessage(thrown.message));
}

/** A hint with the flag that was probably meant: the name is a flag of another program, or one of ours with a typing error. */
function hintFor(name: string, known: readonly string[]): string | undefined {
  // -vv and -vvv mean -v.
  const plain = /^v+$/.test(name) ? 'v' : name;
  const foreign = Object.hasOwn(FOREIGN_FLAGS, plain) ? FOREIGN_FLAGS[plain] : undefined;
  for (let one = foreign; one; one = one.otherwise) if (known.includes(one.ours)) return one.hint;
  // Its meaning in other programs is known, so a flag with a similar spelling would be a wrong guess.
  if (foreign) return undefined;
  const nearest = findNearest(name, known);
  return nearest && `did you mean --${nearest}?`;
}

/** oclif also marks the error of a missing module, which is a bug. */
function isParserError(thrown: unknown): thrown is ParserError {
  return thrown instanceof Error && 'oclif' in thrown && !('code' in thrown && thrown.code === 'MODULE_NOT_FOUND');
}

/** The message for the first missing argument, from the name and description that oclif has of it. */
function missingArgument(args: unknown): string | undefined {
  const [first] = Array.isArray(args) ? (args as unknown[]) : [];
  if (typeof first !== 'object' || first === null || !('name' in first)) return undefined;
  const description = 'description' in first ? `: ${String(first.description)}` : '';
  return `missing ${String(first.name).toUpperCase()}${description}`;
}

function isWords(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string');
}

/** oclif's message on one line, without its notes about `--help`, which our hint names, and about flags with many values, which we do not have. */
function plainMessage(message: string): string {
  const line = message
    .replace(/\nSee more help with --help/g, '')
    .replace(/\s*Note: --[^\n]* allows? multiple values[\s\S]*/, '')
    .replace(/^Parsing (--[\w-]+)\s*/, '$1: ')
    .replace(/^Flag (--[\w-]+)/, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  return line.charAt(0).toLowerCase() + line.slice(1);
}
