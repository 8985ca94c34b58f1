/**
 * The binary format of a WebAssembly module: numbers, sections, and the one shape of module that we make.
 * After the WebAssembly Core Specification 2.0, chapter 5.
 */

export const VALUE_TYPES = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = keyof typeof VALUE_TYPES;

/** Unsigned LEB128 of a whole number from 0 to 2³² − 1. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value % 128;
    value = Math.floor(value / 128);
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit number. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  value |= 0;
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    if (value === (low & 0x40 ? -1 : 0)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 0x80);
  }
}

const SCRATCH = new DataView(new ArrayBuffer(8));

/** The four bytes of a float32, lowest first. */
export function float32(value: number): number[] {
  SCRATCH.setFloat32(0, value, true);
  return [0, 1, 2, 3].map((i) => SCRATCH.getUint8(i));
}

/** The eight bytes of a float64, lowest first. */
export function float64(value: number): number[] {
  SCRATCH.setFloat64(0, value, true);
  return [0, 1, 2, 3, 4, 5, 6, 7].map((i) => SCRATCH.getUint8(i));
}

/** The four bytes of an int32, lowest first. */
export const int32 = (value: number): number[] => [0, 8, 16, 24].map((by) => (value >> by) & 255);

const text = (s: string): number[] => {
  const bytes = new TextEncoder().encode(s);
  return [...unsigned(bytes.length), ...bytes];
};
const list = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];
const types = (of: readonly ValueType[]): number[] => list(of.map((t) => [VALUE_TYPES[t]]));

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A module of one exported function which imports its memory and any number of functions, all from `env`. */
export interface ModuleParts {
  readonly sharedMemory: boolean;
  readonly imports: readonly { readonly name: string; readonly signature: Signature }[];
  readonly name: string;
  readonly parameters: readonly ValueType[];
  /** Declarations of locals and instructions, without the length in front. */
  readonly body: readonly number[];
}

/** The most pages of 64 KiB that a 32-bit memory can have. */
const MOST_PAGES = 65536;

/** The bytes of the module. */
export function encodeModule(parts: ModuleParts): Uint8Array<ArrayBuffer> {
  const signatures: number[][] = [];
  const typeOf = ({ parameters, results }: Signature): number => {
    const bytes = [0x60, ...types(parameters), ...types(results)];
    const known = signatures.findIndex((s) => s.join() === bytes.join());
    return known >= 0 ? known : signatures.push(bytes) - 1;
  };
  const own = typeOf({ parameters: parts.parameters, results: [] });
  const limits = parts.sharedMemory ? [0x03, 1, ...unsigned(MOST_PAGES)] : [0x00, 1];
  const imports = [
    [...text('env'), ...text('memory'), 0x02, ...limits],
    ...parts.imports.map(({ name, signature }) => [
      ...text('env'),
      ...text(name),
      0x00,
      ...unsigned(typeOf(signature)),
    ]),
  ];
  const sections: readonly (readonly [id: number, content: readonly number[]])[] = [
    [1, list(signatures)],
    [2, list(imports)],
    [3, list([unsigned(own)])],
    [7, list([[...text(parts.name), 0x00, ...unsigned(parts.imports.length)]])],
    [10, list([[...unsigned(parts.body.length), ...parts.body]])],
  ];
  const bytes = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  for (const [id, content] of sections) {
    bytes.push(id, ...unsigned(content.length));
    for (const byte of content) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
