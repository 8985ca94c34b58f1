/**
 * The errors users meet. Each says what was wrong, with what, and what would be right.
 * All extend {@link ChainruleError}, so one `catch` can tell the library's errors from others.
 */
export class ChainruleError extends Error {
  /** The name of the class: what tells errors apart where `instanceof` cannot, as between threads. */
  override name = 'ChainruleError';
}

/** Shapes, axes or ranks that do not fit. */
export class ShapeError extends ChainruleError {
  override name = 'ShapeError';
}

/** An element type that an operation does not take. */
export class DTypeError extends ChainruleError {
  override name = 'DTypeError';
}

/** An index or a label outside its range. */
export class IndexError extends ChainruleError {
  override name = 'IndexError';
}

/** A matrix that does not have what was asked for: an inverse, a factorisation. */
export class LinAlgError extends ChainruleError {
  override name = 'LinAlgError';
}

/** Any other argument that is not what the function takes. */
export class ArgumentError extends ChainruleError {
  override name = 'ArgumentError';
}

/** A graph used in a way its history does not allow: released, overwritten, spent, not differentiable. */
export class GraphError extends ChainruleError {
  override name = 'GraphError';
}

/** A file that is missing, cut off, or lies about itself. */
export class FileError extends ChainruleError {
  override name = 'FileError';
}

/** The machine lacks what was asked for. */
export class DeviceError extends ChainruleError {
  override name = 'DeviceError';
}
