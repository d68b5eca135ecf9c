export interface CommandSection {
  readonly heading: string;
  readonly names: readonly string[];
}

/** The parts of `tickpipe --help`: what most people need first. `stream` stands for its subcommands, too. */
const SECTIONS: readonly CommandSection[] = [
  { heading: 'Ticks', names: ['stream', 'quote'] },
  { heading: 'Symbols', names: ['symbols', 'watchlist'] },
  {
    heading: 'Account and settings',
    names: ['login', 'whoami', 'logout', 'doctor', 'config', 'profile', 'completion'],
  },
  { heading: 'Shared session', names: ['status', 'subscribe', 'unsubscribe', 'serve', 'stop'] },
  { heading: 'Recordings', names: ['record', 'replay', 'compact'] },
];

/** Puts names of commands into sections; those that no section has come last. Sections without any are left out. */
export function arrangeCommands(names: readonly string[]): CommandSection[] {
  const placed = SECTIONS.flatMap((section) => section.names);
  const rest: CommandSection = { heading: 'Other commands', names: names.filter((name) => !placed.includes(name)) };
  return [...SECTIONS, rest]
    .map((section) => ({ ...section, names: section.names.filter((name) => names.includes(name)) }))
    .filter((section) => section.names.length > 0);
}
