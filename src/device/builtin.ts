/**
 * Node's own modules, found while running: a static import of one would break bundles for browsers.
 */
interface NodeProcess {
  readonly versions?: { readonly node?: string };
  getBuiltinModule?(name: string): unknown;
}

const nodeProcess = (): NodeProcess | undefined => (globalThis as { process?: NodeProcess }).process;

export const inNode = (): boolean => Boolean(nodeProcess()?.versions?.node);

/** The module `node:…`; undefined outside Node, and before Node 20.16. */
export const builtin = <T>(name: string): T | undefined =>
  inNode() ? (nodeProcess()?.getBuiltinModule?.(name) as T | undefined) : undefined;
