/**
 * The instructions of WebAssembly that we use, by their names in the specification. Each row of the table names
 * consecutive opcodes; `-` skips one.
 */

/** The opcode space: 0 stands for the plain one-byte instructions, the others are prefix bytes. */
const ROWS: readonly (readonly [prefix: number, first: number, names: string])[] = [
  [0, 0x02, 'block loop if else'],
  [0, 0x0b, 'end br br_if'],
  [0, 0x10, 'call'],
  [0, 0x1a, 'drop select'],
  [0, 0x20, 'local.get local.set local.tee'],
  [0, 0x28, 'i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u'],
  [0, 0x36, 'i32.store i64.store f32.store f64.store i32.store8 i32.store16'],
  [0, 0x41, 'i32.const i64.const f32.const f64.const'],
  [0, 0x45, 'i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u'],
  [0, 0x5b, 'f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge'],
  [0, 0x67, 'i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u'],
  [0, 0x71, 'i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr'],
  [0, 0x7c, 'i64.add i64.sub i64.mul - - - - - - - i64.shl i64.shr_s i64.shr_u'],
  [0, 0x8b, 'f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt'],
  [0, 0x92, 'f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign'],
  [0, 0x99, 'f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt'],
  [0, 0xa0, 'f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign i32.wrap_i64'],
  [0, 0xac, 'i64.extend_i32_s i64.extend_i32_u'],
  [0, 0xb2, 'f32.convert_i32_s f32.convert_i32_u - - f32.demote_f64 f64.convert_i32_s f64.convert_i32_u'],
  [0, 0xbb, 'f64.promote_f32 i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64'],
  [0xfc, 0, 'i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u - - i64.trunc_sat_f64_s'],
  [0xfd, 0, 'v128.load'],
  [0xfd, 7, 'v128.load8_splat v128.load16_splat v128.load32_splat v128.load64_splat v128.store v128.const'],
  [0xfd, 13, 'i8x16.shuffle i8x16.swizzle i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat'],
  [0xfd, 27, 'i32x4.extract_lane i32x4.replace_lane - - f32x4.extract_lane f32x4.replace_lane'],
  [
    0xfd,
    55,
    'i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u i32x4.ge_s i32x4.ge_u',
  ],
  [0xfd, 65, 'f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge'],
  [0xfd, 77, 'v128.not v128.and v128.andnot v128.or v128.xor v128.bitselect v128.any_true'],
  [0xfd, 90, 'v128.store32_lane - v128.load32_zero v128.load64_zero'],
  [0xfd, 102, 'i8x16.narrow_i16x8_u f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest'],
  [0xfd, 133, 'i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u i16x8.extend_low_i8x16_s - i16x8.extend_low_i8x16_u'],
  [
    0xfd,
    160,
    'i32x4.abs i32x4.neg - i32x4.all_true i32x4.bitmask - - i32x4.extend_low_i16x8_s - i32x4.extend_low_i16x8_u',
  ],
  [0xfd, 171, 'i32x4.shl i32x4.shr_s i32x4.shr_u i32x4.add - - i32x4.sub - - - i32x4.mul'],
  [0xfd, 182, 'i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u'],
  [0xfd, 222, 'i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u'],
  [0xfd, 224, 'f32x4.abs f32x4.neg - f32x4.sqrt f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max'],
  [0xfd, 248, 'i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u'],
  [0xfd, 0x105, 'f32x4.relaxed_madd f32x4.relaxed_nmadd'],
];

interface Opcode {
  readonly prefix: number;
  readonly code: number;
}

const TABLE = new Map<string, Opcode>();
for (const [prefix, first, names] of ROWS) {
  names.split(' ').forEach((name, i) => {
    if (name !== '-') TABLE.set(name, { prefix, code: first + i });
  });
}

/** Whether there is an instruction of that name in the table. */
export const isInstruction = (name: string): boolean => TABLE.has(name);

/** @throws Error when the table has no such instruction. */
export function opcodeOf(name: string): Opcode {
  const opcode = TABLE.get(name);
  if (!opcode) throw new Error(`emit/wasm: no instruction is called ${name}`);
  return opcode;
}
