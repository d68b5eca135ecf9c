import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Metafile, Plugin } from 'esbuild';

const NAME = 'tickpipe:shared';

/** Modules of ours that are put into one file, and the files of the bundle that load it. Paths below the repository. */
export interface SharedModules {
  readonly modules: readonly string[];
  /** Files that are loaded by themselves: commands, and what is imported when it is needed. */
  readonly entries: ReadonlySet<string>;
}

/**
 * A group has the modules that this share of the commands loads at its start. All of it is loaded by every entry that needs more than this
 * part of its modules. The first is what most commands need; the second is what streams and their like need.
 */
const GROUPS = [
  { neededBy: 1 / 2, loadedAbove: 0 },
  { neededBy: 1 / 8, loadedAbove: 1 / 20 },
];

/** What commands load at their start, by a bundle in which every combination of entries has a file of its own. */
export function findShared({ outputs }: Metafile): readonly SharedModules[] {
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
  const starts = Object.entries(outputs).flatMap(([file, { entryPoint }]) =>
    entryPoint ? [{ file, entryPoint }] : [],
  );
  const entries = new Set(starts.map(({ entryPoint }) => entryPoint));
  const modulesOf = (files: Iterable<string>): string[] =>
    [...files].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
  const taken = new Set(entries);
  return GROUPS.map(({ neededBy, loadedAbove }) => {
    const common = [...loads].filter(([, count]) => count >= commands.length * neededBy).map(([file]) => file);
    const modules = modulesOf(common).filter((module) => module.startsWith('src/') && !taken.has(module));
    for (const module of modules) taken.add(module);
    const users = starts.filter(({ file }) => {
      const used = new Set(modulesOf(loadedWith(file)));
      return modules.filter((module) => used.has(module)).length > modules.length * loadedAbove;
    });
    return { modules: modules.sort(), entries: new Set(users.map(({ entryPoint }) => entryPoint)) };
  });
}

/**
 * Puts what many commands load into one file a group. esbuild makes a file of each set of modules that the same entries load; a file
 * costs a start about a third of a millisecond, and there were seventy. Here every entry of a group loads all of its modules, so they are
 * one set.
 */
export function joinShared(groups: readonly SharedModules[], repository: string): Plugin {
  const joined = new Map(groups.map((group, n) => [`${NAME}-${n}`, group]));
  return {
    name: 'join-shared',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${NAME}-`) }, ({ path: name }) => ({ path: name, namespace: NAME }));
      build.onLoad({ filter: /.*/, namespace: NAME }, ({ path: name }) => ({
        contents: (joined.get(name)?.modules ?? [])
          .map((module) => `import ${JSON.stringify(path.join(repository, module))};\n`)
          .join(''),
        resolveDir: repository,
        loader: 'js',
      }));
      build.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        const entry = path.relative(repository, file);
        const names = [...joined].filter(([, { entries }]) => entries.has(entry)).map(([name]) => name);
        if (names.length === 0) return undefined;
        const imports = names.map((name) => `import '${name}';\n`).join('');
        return { contents: imports + (await readFile(file, 'utf8')), loader: 'ts' };
      });
    },
  };
}
