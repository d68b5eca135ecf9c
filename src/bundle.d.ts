/** Modules that the build makes of the file names in `src/commands`. @see scripts/bundle-program.ts */

declare module 'tickpipe:commands' {
  export const COMMANDS: import('./lib/cli/command/command-table.ts').CommandTable;
}

declare module 'tickpipe:bundles' {
  /** The name of the bundle that each command is run from, by the command's id. */
  export const BUNDLES: ReadonlyMap<string, string>;
}
