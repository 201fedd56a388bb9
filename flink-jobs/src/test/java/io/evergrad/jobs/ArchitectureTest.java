/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.evergrad.curvature.linalg.Torch;

/** Which module and which package may use which. */
@AnalyzeClasses(packages = "io.evergrad", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final String CURVATURE = "io.evergrad.curvature..";
  private static final String STORE = "io.evergrad.store..";
  private static final String OPERATORS = "io.evergrad.operators..";
  private static final String JOBS = "io.evergrad.jobs..";
  private static final String FLINK = "org.apache.flink..";
  private static final String KAFKA = "org.apache.kafka..";
  private static final String DJL = "ai.djl..";

  @ArchTest
  static final ArchRule CURVATURE_IS_MATHEMATICS_ONLY =
      noClasses()
          .that()
          .resideInAPackage(CURVATURE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(FLINK, KAFKA, STORE, OPERATORS, JOBS);

  @ArchTest
  static final ArchRule STORE_KNOWS_FILES_ONLY =
      noClasses()
          .that()
          .resideInAPackage(STORE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(FLINK, KAFKA, DJL, CURVATURE, OPERATORS, JOBS);

  @ArchTest
  static final ArchRule OPERATORS_DO_NOT_KNOW_THE_JOB_NOR_THE_BROKER =
      noClasses()
          .that()
          .resideInAPackage(OPERATORS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              JOBS, "kafka..", "org.apache.kafka.metadata..", "org.apache.kafka.server..");

  @ArchTest
  static final ArchRule THE_ENGINE_IS_ENTERED_WHERE_ITS_THREADS_ARE_SET_UP =
      noClasses()
          .that()
          .doNotBelongToAnyOf(Torch.class)
          .should()
          .callMethodWhere(target(nameMatching("newBaseManager")));

  @ArchTest
  static final ArchRule PACKAGES_POINT_ONE_WAY =
      slices().matching("io.evergrad.(**)").should().beFreeOfCycles();
}
