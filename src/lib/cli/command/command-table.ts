/** Every command by its id, as `stream:symbols`, and how its file is loaded. The build makes it of the files in `src/commands`. */
export type CommandTable = Readonly<Record<string, () => Promise<{ readonly default: unknown }>>>;
