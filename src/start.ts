import { createRequire } from 'node:module';
import path from 'node:path';
import { BUNDLES } from 'tickpipe:bundles';
import { backgroundCommandOf } from './lib/cli/program/background-command.ts';
import { CodeCache } from './lib/host/code-cache.ts';
import { SmallHeap } from './lib/host/small-heap.ts';
import { cacheDirectory } from './lib/host/user-directories.ts';
import { startEarlyHub } from './lib/hub/daemon/early-hub.ts';

/*
 * What `bin/run.js` loads first: it loads the rest, with compiled code where an earlier run has left some. A file of its own, and
 * small, because it is compiled at each start.
 */

/** Which code a command needs also depends on the feed. */
const FEED = /^(?:--feed=)?(sim|file)(?::|$)/;
const HELP_FLAG = /^(?:--help|-h)$/;
/** When a program that runs for long keeps its code: it has started by then, and V8 has not yet dropped what it needed for that. */
const SAVE_AFTER_MS = 1_000;

type Env = Readonly<Record<string, string | undefined>>;

/** Runs the command line of this process. @param root the folder of package.json */
export function startProgram(root: string): void {
  const argv = process.argv.slice(2);
  const { execPath, execArgv, argv: whole } = process;
  const command = [execPath, ...execArgv, whole[1] ?? ''];
  const early = startEarlyHub(argv, process.env, backgroundCommandOf({ command }, 'hub'));
  const id = findCommand(argv);
  const bundle = chooseBundle(id, argv);
  const code = openCode(bundle === 'help' ? nameHelp(id) : nameRun(id ?? 'help', argv, process.env), process.env);
  const { main } = load(code, root, bundle) as { main: typeof import('./main.ts').main };
  const heap = new SmallHeap();
  const saveCode = (): void => heap.withUsualFlags(() => code.save());
  setTimeout(saveCode, SAVE_AFTER_MS).unref();
  main(root, { saveCode, heap, earlyHub: early });
}

/** Answers a shell that completes a line. @param root the folder of package.json */
export function startCompletion(root: string, shell: string | undefined): void {
  const code = openCode('complete', process.env);
  const { completeLine } = load(code, root, 'complete') as {
    completeLine: typeof import('./complete.ts').completeLine;
  };
  const reach = completeLine(shell, path.join(root, 'dist'));
  code.save(reach);
}

function openCode(name: string, env: Env): CodeCache {
  const isWanted = !env['NODE_DISABLE_COMPILE_CACHE'];
  const folder = isWanted ? path.join(cacheDirectory(env), 'code', `${process.version}-${process.arch}`) : undefined;
  return new CodeCache({ folder, name, home: env['HOME'] });
}

/** A bundle of `dist/`. Packages that are bundled apart, `#vendor/NAME`, are loaded in the same way. */
function load(code: CodeCache, root: string, name: string): object {
  const file = path.join(root, 'dist', `${name}.cjs`);
  const builtin = createRequire(file);
  const require = (id: string): unknown =>
    id.startsWith('#vendor/') ? load(code, root, `vendor/${id.slice('#vendor/'.length)}`) : builtin(id);
  return code.load(file, Object.assign(require, { resolve: builtin.resolve }) as NodeJS.Require);
}

/** The id of the command that is run: two words, or one. */
function findCommand([group, command]: readonly string[]): string | undefined {
  return [`${group}:${command}`, `${group}`].find((id) => BUNDLES.has(id));
}

/** The smallest bundle that has what this command line needs: help has one of its own, and a command's may have none. */
function chooseBundle(id: string | undefined, argv: readonly string[]): string {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  if (argv.length === 0 || argv[0] === 'help' || flags.some((word) => HELP_FLAG.test(word))) return 'help';
  return BUNDLES.get(id ?? '') ?? 'program';
}

/** The help of all commands needs the same code. */
const nameHelp = (id: string | undefined): string => (id === undefined ? 'help' : 'command-help');

/** A name for runs that need the same code: the command, and where its ticks come from. */
function nameRun(id: string, argv: readonly string[], env: Env): string {
  const feed = argv.map((word) => FEED.exec(word)?.[1]).find(Boolean) ?? FEED.exec(env['TICKPIPE_FEED'] ?? '')?.[1];
  return [id.replace(':', '-'), argv.includes('--direct') ? 'direct' : feed].filter(Boolean).join('-');
}
