import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Metafile, Plugin } from 'esbuild';

const NAME = 'tickpipe:shared';

/** Modules of ours, and where the bundle begins. Paths below the repository. */
export interface SharedModules {
  /** Loaded by at least half of the commands at their start. */
  readonly modules: readonly string[];
  /** Every file that is loaded by itself: commands, and what is imported when it is needed. */
  readonly entries: ReadonlySet<string>;
}

/** What most commands load at their start, by a bundle in which every combination of entries has a file of its own. */
export function findShared({ outputs }: Metafile): SharedModules {
  const loadedWith = (file: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const { path: target, kind, external } of outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && !external) loadedWith(target, seen);
    }
    return seen;
  };
  const commands = Object.keys(outputs).filter((file) => /(^|\/)commands\//.test(file));
  const loads = new Map<string, number>();
  for (const command of commands) for (const file of loadedWith(command)) loads.set(file, (loads.get(file) ?? 0) + 1);
  const entries = new Set(Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? []));
  const modules = [...loads]
    .filter(([, count]) => count * 2 >= commands.length)
    .flatMap(([file]) => Object.keys(outputs[file]?.inputs ?? {}))
    .filter((input) => input.startsWith('src/') && !entries.has(input));
  return { modules: modules.sort(), entries };
}

/**
 * Puts what most commands load into one file. esbuild makes a file of each set of modules that the same entries load; a file
 * costs a start about a third of a millisecond, and there were fifty. Here every entry loads the shared modules, so they are one set.
 */
export function joinShared({ modules, entries }: SharedModules, repository: string): Plugin {
  const files = new Set([...entries].map((entry) => path.join(repository, entry)));
  return {
    name: 'join-shared',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${NAME}$`) }, () => ({ path: NAME, namespace: NAME }));
      build.onLoad({ filter: /.*/, namespace: NAME }, () => ({
        contents: modules.map((module) => `import ${JSON.stringify(path.join(repository, module))};\n`).join(''),
        resolveDir: repository,
        loader: 'js',
      }));
      build.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        if (!files.has(file)) return undefined;
        return { contents: `import '${NAME}';\n${await readFile(file, 'utf8')}`, loader: 'ts' };
      });
    },
  };
}
