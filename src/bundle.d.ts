/** Modules that the build makes of the file names in `src/commands`. @see scripts/bundle-program.ts */

declare module 'tickpipe:commands' {
  export const COMMANDS: import('./lib/cli/command/command-table.ts').CommandTable;
}

declare module 'tickpipe:command-ids' {
  export const COMMAND_IDS: ReadonlySet<string>;
}
