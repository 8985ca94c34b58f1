/** The entries of the package, by the names under which users import them. */
export function entriesOf(packageJson: string): string[] {
  const { exports }: { exports: Record<string, unknown> } = JSON.parse(packageJson);
  return Object.keys(exports)
    .filter((name) => name !== './package.json')
    .map((name) => name.replace('.', 'chainrule'));
}
