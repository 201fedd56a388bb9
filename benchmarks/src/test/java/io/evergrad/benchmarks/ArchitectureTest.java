/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which package may use which. That no module uses this one, Maven ensures. */
@AnalyzeClasses(packages = "io.evergrad.benchmarks", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {

  @ArchTest
  static final ArchRule PACKAGES_POINT_ONE_WAY =
      slices().matching("io.evergrad.benchmarks.(*)..").should().beFreeOfCycles();
}
