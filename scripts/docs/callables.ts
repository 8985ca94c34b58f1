/**
 * Shows what is called as something to call. Many functions are constants of a function type (`export const abs = unary(…)`),
 * and the methods of Tensor are properties that `tensor/methods.ts` derives from the functions: both become what a reader
 * takes them for, with the parameters by name and the doc comment.
 */
import {
  type Comment,
  type DeclarationReflection,
  type Logger,
  ParameterReflection,
  type ProjectReflection,
  ReflectionKind,
  SignatureReflection,
  type SomeType,
} from 'typedoc';

/** What a constant of function type has for signatures, its own or those of the type it names. */
function signaturesOf(type: SomeType | undefined): readonly SignatureReflection[] {
  if (type?.type === 'reflection') return type.declaration.signatures ?? [];
  if (type?.type !== 'reference' || !type.reflection?.isDeclaration()) return [];
  return type.reflection.signatures ?? signaturesOf(type.reflection.type);
}

/** A doc comment without the parameters of these names. */
function commentWithout(comment: Comment | undefined, names: ReadonlySet<string>): Comment | undefined {
  const copy = comment?.clone();
  if (copy) copy.blockTags = copy.blockTags.filter((tag) => tag.tag !== '@param' || !names.has(tag.name ?? ''));
  return copy;
}

/** Gives `owner` the signatures of another, without the first `skip` parameters. */
function callAs(
  project: ProjectReflection,
  owner: DeclarationReflection,
  signatures: readonly SignatureReflection[],
  skip: number,
  comment?: Comment,
): void {
  owner.signatures = signatures.map((from) => {
    const signature = new SignatureReflection(owner.name, ReflectionKind.CallSignature, owner);
    const [dropped, kept] = [from.parameters?.slice(0, skip) ?? [], from.parameters?.slice(skip) ?? []];
    signature.parameters = kept.map((parameter) => {
      const copy = new ParameterReflection(parameter.name, ReflectionKind.Parameter, signature);
      copy.type = parameter.type;
      copy.defaultValue = parameter.defaultValue;
      copy.flags.fromObject(parameter.flags.toObject());
      copy.comment = parameter.comment?.clone();
      project.registerReflection(copy, undefined, undefined);
      return copy;
    });
    if (from.typeParameters) throw new Error(`${from.getFullName()}: a generic function cannot be made a method yet`);
    signature.type = from.type;
    signature.comment = commentWithout(comment ?? from.comment, new Set(dropped.map((one) => one.name)));
    signature.sources = from.sources;
    project.registerReflection(signature, undefined, undefined);
    return signature;
  });
  delete owner.type;
  delete owner.comment;
  delete owner.defaultValue;
}

/** Constants that can be called become functions. TypeDoc asks for comments where it has made a function itself, so it is asked here. */
function functionsOf(project: ProjectReflection, logger: Logger): void {
  for (const one of project.getReflectionsByKind(ReflectionKind.Variable)) {
    if (!one.isDeclaration()) continue;
    const signatures = signaturesOf(one.type);
    if (signatures.length === 0 || one.type?.type === 'query') continue;
    one.kind = ReflectionKind.Function;
    one.flags.fromObject({});
    if (!one.hasComment()) logger.warn(`${one.getFriendlyFullName()} has no doc comment`);
    callAs(project, one, signatures, 0, one.comment);
  }
}

/** Tensor's methods become those of the functions of the same name; `var_` is the function of the method `var`. */
function methodsOf(project: ProjectReflection, root: DeclarationReflection): void {
  const functions = new Map(
    (root.children ?? [])
      .filter((one) => one.kind === ReflectionKind.Function)
      .map((one) => [one.name.replace(/_$/, ''), one]),
  );
  const tensor = root.getChildByName('Tensor');
  if (!tensor?.isDeclaration()) throw new Error('the package root exports no Tensor');
  for (const property of tensor.children ?? []) {
    if (property.kind !== ReflectionKind.Property || signaturesOf(property.type).length === 0) continue;
    const own = functions.get(property.name);
    if (!own) throw new Error(`Tensor.${property.name} belongs to no function that the package root exports`);
    property.kind = ReflectionKind.Method;
    property.sources = own.sources;
    callAs(project, property, own.signatures ?? [], 1);
  }
  // The types that the methods come from say nothing to a reader.
  delete tensor.extendedTypes;
  withoutInherited(project, tensor);
}

/** What a class has from Tensor is documented there: its own page shows what it adds. */
function withoutInherited(project: ProjectReflection, tensor: DeclarationReflection): void {
  const names = new Set(tensor.children?.map((one) => one.name));
  for (const one of project.getReflectionsByKind(ReflectionKind.Class)) {
    if (!one.isDeclaration() || !one.extendedTypes?.some((type) => 'reflection' in type && type.reflection === tensor))
      continue;
    for (const member of [...(one.children ?? [])]) {
      if (names.has(member.name) && member.kind !== ReflectionKind.Constructor && member.inheritedFrom)
        project.removeReflection(member);
    }
  }
}

/** Reshapes a converted project. @param root the module of the package root */
export function showCallables(project: ProjectReflection, root: DeclarationReflection, logger: Logger): void {
  functionsOf(project, logger);
  methodsOf(project, root);
}
