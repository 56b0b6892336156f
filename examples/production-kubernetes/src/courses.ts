export interface Course {
  readonly id: string;
  readonly title: string;
}

/** All courses. */
export async function fetchCourses(): Promise<readonly Course[]> {
  const answer = await fetch("/api/courses");
  if (!answer.ok) throw new Error(`/api/courses answered ${answer.status}`);
  return (await answer.json()) as readonly Course[];
}
